"""A permission to put fitted speeds in force: the leaders' starting role gets it."""

import django.contrib.postgres.fields
from django.db import migrations, models

def give(apps, schema_editor):
    for role in apps.get_model("geo", "Role").objects.filter(slug="leader"):
        if "approve_speeds" not in role.permissions:
            role.permissions = [*role.permissions, "approve_speeds"]
            role.save(update_fields=["permissions"])


def take(apps, schema_editor):
    for role in apps.get_model("geo", "Role").objects.filter(permissions__contains=["approve_speeds"]):
        role.permissions = [code for code in role.permissions if code != "approve_speeds"]
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ('geo', '0012_send_readings'),
    ]

    operations = [
        migrations.AlterField(
            model_name='role',
            name='permissions',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('see_assets', 'Xem hạ tầng, thửa đất'), ('see_cases', 'Xem vụ việc'), ('see_reporters', 'Xem người báo tin'), ('see_restricted', 'Xem vụ việc hạn chế'), ('see_land_users', 'Xem người sử dụng đất'), ('see_units', 'Xem lực lượng'), ('see_cameras', 'Xem vị trí camera'), ('see_cameras_video', 'Xem hình camera'), ('handle_cases', 'Tiếp nhận, xác minh vụ việc'), ('dispatch_units', 'Điều lực lượng'), ('manage_roster', 'Lập lịch trực'), ('answer_cases', 'Trả lời vụ việc được chuyển'), ('edit_assets', 'Sửa hạ tầng'), ('edit_own_assets', 'Sửa hạ tầng của cơ quan mình'), ('edit_land', 'Sửa thửa đất'), ('edit_wards', 'Sửa ranh giới hành chính'), ('edit_closures', 'Cấm đường'), ('publish_edits', 'Duyệt chỉnh sửa'), ('make_layers', 'Tạo lớp bản đồ'), ('see_aggregates', 'Xem số liệu tổng hợp'), ('use_field', 'Làm việc hiện trường'), ('send_positions', 'Gửi vị trí'), ('send_readings', 'Gửi số đo của trạm, cảm biến'), ('give_opinions', 'Cho ý kiến chỉ đạo'), ('approve_speeds', 'Duyệt hệ số tốc độ đường'), ('relay_positions', 'Chuyển vị trí của mọi lực lượng'), ('hear_escalations', 'Nhận báo động chưa ai nhận'), ('manage_people', 'Quản lý người dùng'), ('see_audit', 'Xem nhật ký')], max_length=40), blank=True, default=list, size=None),
        ),
        migrations.RunPython(give, take),
    ]
